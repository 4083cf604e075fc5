"""What `import clirbench` offers: run a suite, read results, look at them."""

"""The results folder: its files, and what is read from them."""

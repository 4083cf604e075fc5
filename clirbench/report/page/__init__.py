"""The parts of the HTML report, one file each."""

"""What the figures show, and their drawing for papers."""

"""Artifacts: folders that are whole or not there, what they cost, what rests on what."""

"""The parts of report.html, one idea a file: what it says, what it shows, and how that becomes one file."""

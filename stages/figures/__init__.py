"""One file per kind of picture. Each function draws what it is given and writes one file."""

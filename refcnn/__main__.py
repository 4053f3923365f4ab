"""`python -m refcnn`: the command line."""

from refcnn.cli import main

main()

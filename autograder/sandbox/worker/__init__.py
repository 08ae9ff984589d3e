"""What goes into the sandbox: these files see nothing else of `autograder`. `wire` is shared with the outside."""

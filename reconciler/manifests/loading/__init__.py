"""Documents -> the desired resources of one workspace, or every problem at once."""

"""Send the same mail to many people so that nobody can ever see anybody else."""

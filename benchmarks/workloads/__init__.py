"""One workload a file; `run(folder)` measures it and prints a table. `folder` is empty and the workload's own."""

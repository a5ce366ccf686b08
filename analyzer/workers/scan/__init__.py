"""The scan worker: the only place where the YARA engine and the archive library are loaded. Runs as a process of its
own (`python -m analyzer.workers.scan`), supervised by analyzer.workers.scanner; whatever a file does to it, it does to
nothing else."""

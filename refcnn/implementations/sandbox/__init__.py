"""Code of strangers in a process of its own, which the kernel confines.

    outside (the grader)  <- frames over one socket ->  inside (the stranger's code)
    outside  <- fork, end ->  zygote: has imported NumPy and the harness, and nothing else

What is inside has no file, no network, no other process, no answers and no seeds.
"""

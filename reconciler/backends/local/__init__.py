"""The state of one machine: files beside each other, the kernel's lock, a shared pace."""

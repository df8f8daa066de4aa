"""What the library costs, beside what one would write instead: `make bench`."""

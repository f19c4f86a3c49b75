"""What the board shows: a fold of our topics into counts and an index, in bounded memory.

Pure and synchronous: records and times come in, nothing is read and nobody is asked. Whatever is
counted depends on the records alone, never on their order across partitions, so that a fold begun
anew from the last day comes to the same figures as one that was there all along.
"""

"""The pages people read and print, in Chinese and English; reads the slices, writes nothing of its own."""

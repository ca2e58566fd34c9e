"""A model's answers to prepared data: asked once, kept in files, scored by the rules of the benchmarks.

questions     which samples are asked                answerer      a sample to an answer and a mask
answer_files  answers on the disk, as they come      asking        all answers, by processes on one machine or many
records       answers as prediction files            annotations   what the scores read beside them
scoring       scores of a task                       run           all of it in order
"""

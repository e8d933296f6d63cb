"""The reference interpreter, which says what programs mean.

`interpreter` runs them, `kernels` and `elements` compute, `objects` are values that numpy and Python lack, `output`,
`show` and `show_tensor` print, `boundary` is what a caller gives and gets.
"""

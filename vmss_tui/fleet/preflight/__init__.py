"""What is checked before the first write of a run or of a campaign. Pure.

`result` has the findings, `facts` is what was read of Azure, and the other modules compare a scale
set with these facts.
"""

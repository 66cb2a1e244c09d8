"""What is checked before the first write of a run or of a campaign. Pure.

`finding` is one result, `facts` is what was read of Azure, and the other modules compare a scale
set with these facts.
"""

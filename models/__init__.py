"""Says what texts are about and how they are meant, on a plain CPU and without network.

Promises: the same text in the same language gets the same answer in any batch; a score shown is
calibrated; below a task's floor the label is ``unknown`` while the scores stay whole; an artefact
is loaded only if it is, bit for bit, the one its manifest names.
"""

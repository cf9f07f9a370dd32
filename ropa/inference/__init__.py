"""What follows from what is stated, and how it is proven.

``axioms`` draws the conclusions of the ontology's logic, ``entailing`` those that need
dates, absence or counting, ``reasoner`` asks HermiT, which proves the former.
"""

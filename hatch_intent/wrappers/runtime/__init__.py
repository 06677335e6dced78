"""What wrappers run on, as it is written beside them: two ends of one protocol in each language.

Written out with our imports replaced by what they name, so that a wrapper needs nothing of ours.
"""

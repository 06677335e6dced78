def join_words(words, conjunction=None):
    if conjunction is None:
        conjunction = "and"
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {conjunction} {words[-1]}"

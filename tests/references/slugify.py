import re
import unicodedata


def slugify(text):
    decomposed = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return re.sub(r"[^a-z0-9]+", "-", bare.lower()).strip("-")

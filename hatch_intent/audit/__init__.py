"""Built artifacts against what they say of themselves: `hatch-intent audit`."""

"""The judge's other half for JavaScript: finds node, holds it, and has it run modules."""

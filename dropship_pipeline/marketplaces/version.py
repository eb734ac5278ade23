"""Which state of the parsers read an answer. Kept with each run, so that what an older one read can be read again."""

# Count on whenever a kept answer may give other products or listings than before.
PARSER_VERSION = "2"

"""The corpus's facts, asked of our events.

To add an event type of EVE: name its dataset in eve.toml's [event_type], a row for every field its facts use
(a converter in converters.py where the form differs), and its floor in test_plain_facts.py. What the oracle has wrong,
or says of a special configuration, goes into excluded.toml with the proof; nothing else leaves the denominator.
"""

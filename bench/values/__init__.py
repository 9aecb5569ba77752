"""Whether values are what their pixels say, by the question and script of the analyst's page."""

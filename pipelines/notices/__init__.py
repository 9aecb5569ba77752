"""What is told of alerts to whom, when, and in which words: pure functions of their arguments."""

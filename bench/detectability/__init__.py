"""What planted objects predict beside what was really found, where the truth is known."""

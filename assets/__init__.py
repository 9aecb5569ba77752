"""What sitewatch makes: one folder per stage, from scenes to alerts."""

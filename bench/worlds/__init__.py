"""Whether changes are found, and quiet ground left alone, on made-up worlds through the product."""

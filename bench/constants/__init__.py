"""The numbers that steer what is measured, by stage, with unit and origin."""

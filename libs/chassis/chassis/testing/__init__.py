"""What tests of services share: fixtures and builders of the machinery."""

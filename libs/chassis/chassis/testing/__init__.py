"""What tests of services share: fixtures and builders of the machinery."""

# For what must become true some time. It says nothing of how fast anything is: machines that run all tests at once are slow,
# and stand still for some seconds now and then. A test that works never waits so long (seconds).
PATIENCE = 120.0

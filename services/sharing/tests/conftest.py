pytest_plugins = ["chassis.testing.databases"]

from chassis.migrations import run

run()

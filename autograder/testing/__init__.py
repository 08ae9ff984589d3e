"""What hidden tests are written with: the functions under test, inputs, comparisons, tolerances."""

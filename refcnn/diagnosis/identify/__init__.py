"""What an implementation really computes, read out of it by asking."""

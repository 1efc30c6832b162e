"""What runs on the PC: compiling the firmware and bringing it onto a board. Nothing of it is copied there."""

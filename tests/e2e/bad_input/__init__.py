"""Whatever strangers send: each bad record is one dead letter, and the leads around it are safe."""

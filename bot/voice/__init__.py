"""Everything that knows pipecat."""

"""One user's stream, relayed without video transcoding: audio and video, or audio only."""

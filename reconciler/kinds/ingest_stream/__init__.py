"""An online media stream pulled into a TRTC room by a robot."""

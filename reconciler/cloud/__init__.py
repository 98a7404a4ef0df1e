"""How we talk to Tencent Cloud: signing, secrets, one client, error translation, pacing and retries.

A call's way through this room: `resolve` puts secrets and TaskIds into its request, `retry` asks
`pacing` for a slot and `client` for one attempt, `signing` signs the bytes, `transport` carries them,
and `translate` says what an error answer means for the caller.
"""

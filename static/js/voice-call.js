// One voice call over WebRTC: asks the api for it, connects, and tells what happens.
//
// Events: "state" {state, reason, error, code}, "line" {role, text, final},
// "level" {level}.

const GATHER_MS = 1500;

export class VoiceCall extends EventTarget {
  /** `connect` asks the api to start the call and gives its answer as a Response;
   * `offerTo` makes of the address in it the one to use; `hangUp` ends a call, by its id,
   * that was started and has no connection yet to tell it by. */
  constructor(connect, { offerTo = (url) => url, hangUp = () => {} } = {}) {
    super();
    Object.assign(this, { connect, offerTo, hangUp, state: "idle" });
  }

  get isOver() {
    return ["ended", "refused"].includes(this.state);
  }

  /** Start with a microphone; an empty id means the browser's choice. */
  async start(microphone, output) {
    this.become("connecting");
    try {
      const audio = { echoCancellation: true, noiseSuppression: true, ...(microphone && { deviceId: { exact: microphone } }) };
      this.stream = await navigator.mediaDevices.getUserMedia({ audio });
    } catch (error) {
      return this.refuse(whyUnheard(error), "microphone_denied");
    }
    if (this.isOver) return this.close();
    const answer = await this.connect().catch(() => null);
    const call = await answer?.json().catch(() => null);
    if (!answer?.ok || !call) return this.refuse(call?.error ?? "The server does not answer.", call?.code ?? "unavailable");
    this.id = call.callId;
    if (this.isOver) return this.hangUp(this.id);
    try {
      await this.signal(call, output);
    } catch {
      if (!this.isOver) this.hangUp(this.id);
      this.refuse("The connection to the agent could not be made.", "media_failed");
    }
  }

  async signal(call, output) {
    const connection = (this.connection = new RTCPeerConnection({ iceServers: call.transport.iceServers }));
    for (const track of this.stream.getTracks()) connection.addTrack(track, this.stream);
    connection.addEventListener("track", (event) => (output.srcObject = event.streams[0] ?? new MediaStream([event.track])));
    connection.addEventListener("connectionstatechange", () => {
      if (["failed", "closed"].includes(connection.connectionState)) this.end("media_failed");
    });
    const channel = connection.createDataChannel("messages", { ordered: true });
    channel.addEventListener("message", (event) => this.hear(JSON.parse(event.data)));
    await connection.setLocalDescription(await connection.createOffer());
    await gathered(connection);
    const answer = await fetch(this.offerTo(call.transport.offerUrl), {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${call.token}` },
      body: JSON.stringify({ sdp: connection.localDescription.sdp, type: "offer" }),
    });
    if (!answer.ok) throw new Error(answer.status);
    const { sdp, type } = await answer.json();
    await connection.setRemoteDescription({ sdp, type });
    this.measure();
  }

  hear(message) {
    if (message.type === "transcript") this.tell("line", message);
    else if (message.type === "state" && message.state === "ended") this.finish(message.reason);
    else if (message.type === "state") this.become(message.state);
  }

  /** Tell ten times a second how loud the microphone is, 0 to 1. */
  measure() {
    this.audio = new AudioContext();
    const analyser = this.audio.createAnalyser();
    this.audio.createMediaStreamSource(this.stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.meter = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
      this.tell("level", { level: Math.min(1, Math.sqrt(power) * 6) });
    }, 100);
  }

  end(reason = "caller_hangup") {
    if (this.state === "connecting" && this.id) this.hangUp(this.id);
    this.finish(reason);
  }

  finish(reason) {
    if (this.isOver) return;
    this.close();
    this.become("ended", { reason });
  }

  refuse(error, code) {
    if (this.isOver) return;
    this.close();
    this.become("refused", { error, code });
  }

  close() {
    clearInterval(this.meter);
    this.audio?.close();
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    const connection = this.connection;
    this.connection = null;
    connection?.close();
  }

  become(state, more = {}) {
    this.state = state;
    this.tell("state", { state, ...more });
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** What a person can do about a microphone that does not open. */
function whyUnheard(error) {
  if (!navigator.mediaDevices) return "A microphone needs a page that is served over HTTPS.";
  const reasons = {
    NotFoundError: "There is no microphone.",
    OverconstrainedError: "This microphone is not there any more. Choose another one.",
    NotReadableError: "The microphone cannot be read. Another program may be using it.",
  };
  return reasons[error.name] ?? "The microphone is not allowed. Allow it for this page and try again.";
}

/** All of the browser's addresses are in the offer, or it has had time enough. */
function gathered(connection) {
  if (connection.iceGatheringState === "complete") return Promise.resolve();
  return new Promise((resolve) => {
    setTimeout(resolve, GATHER_MS);
    connection.addEventListener("icegatheringstatechange", () => connection.iceGatheringState === "complete" && resolve());
  });
}

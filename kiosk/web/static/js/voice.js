// Talking and listening with what the browser has. Some browsers send what they hear to their maker: unless the operator
// allows that, only recognition on the device is used, and only voices that are on it.

import { byId } from "./dom.js";
import { language, text } from "./texts.js";

const Recognition = window.SpeechRecognition ?? window.webkitSpeechRecognition;
const CODES = { ko: "ko-KR", en: "en-US", ja: "ja-JP", zh: "zh-CN" };

/** Tell whether the page can read aloud. */
export const canSpeak = () => "speechSynthesis" in window;

/** Read a reply aloud, with a voice of this device. */
export function speakAloud(words, code) {
  const voice = speechSynthesis.getVoices().find((one) => one.localService && one.lang.startsWith(code));
  if (!voice) return;
  speechSynthesis.cancel();
  const reading = new SpeechSynthesisUtterance(words);
  reading.voice = voice;
  reading.lang = voice.lang;
  speechSynthesis.speak(reading);
}

/** Show the microphone where the operator's policy (`off`, `device` or `any`) and the browser allow it. */
export async function offerListening(policy, heard) {
  const button = byId("listen");
  const onDevice = policy !== "off" && (await isOnDevice());
  button.hidden = !onDevice && !(policy === "any" && Recognition);
  button.onclick = () => listen(button, onDevice, heard);
  button.setAttribute("aria-label", text("listen"));
  button.title = text("listen");
}

async function isOnDevice() {
  if (!Recognition?.available) return false;
  const found = await Recognition.available({ langs: [CODES[language()]], processLocally: true }).catch(() => "unavailable");
  return found === "available";
}

function listen(button, onDevice, heard) {
  if (button.getAttribute("aria-pressed") === "true") return button.recognition?.stop();
  const recognition = (button.recognition = new Recognition());
  recognition.lang = CODES[language()];
  if (onDevice) recognition.processLocally = true;
  recognition.onresult = ({ results }) => heard(results[0][0].transcript);
  recognition.onend = recognition.onerror = () => button.setAttribute("aria-pressed", "false");
  button.setAttribute("aria-pressed", "true");
  return recognition.start();
}

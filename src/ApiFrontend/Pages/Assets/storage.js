// Storage that never throws: private windows and full disks only forget.

const over = name => ({
  get(key) { try { return JSON.parse(window[name].getItem(key)); } catch { return null; } },
  set(key, value) { try { window[name].setItem(key, JSON.stringify(value)); return true; } catch { return false; } },
  remove(key) { try { window[name].removeItem(key); } catch { /* nothing is there then */ } },
});

export const session = over('sessionStorage');
export const local = over('localStorage');

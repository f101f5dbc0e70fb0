namespace GifShare.ObjectStore;

// Until the store lands, which brings its own: delete this file then.
public sealed class ObjectStoreUnavailableException : Exception;

using System.Net;

namespace GifShare.Fixtures.Clients;

/// <summary>One write: what is sent, and what it changes in the model once the product has answered that it is done.</summary>
public sealed record Write(string What, string Method, string Path, string? Body, Action<Answer> Applies)
{
    public string? Key { get; } = Method == "POST" ? Guid.NewGuid().ToString("N") : null;

    /// <summary>What a repetition may be told besides success: it was done the first time.</summary>
    public HttpStatusCode? WhenDone { get; init; }

    /// <summary>Set: it is not sent again when nobody knows whether it was done; this notes that it may have been.</summary>
    public Action? IsLost { get; init; }

    public bool IsAnonymous { get; init; }
}

using System.Globalization;

namespace GifShare.Grains.Media.Fetch;

/// <summary>Ends a fetch from within, also from within the stream that the object store reads; never leaves <see cref="AddressFetcher"/>.</summary>
internal sealed class FetchFailedException(FetchFailure failure, bool repeat = false) : Exception(failure.Code)
{
    public FetchFailure Failure => failure;

    /// <summary>Worth the one immediate repetition.</summary>
    public bool Repeat => repeat;

    public static FetchFailedException Invalid(string sentence) => new(new(FetchFailure.InvalidAddress, sentence));

    public static FetchFailedException HostNotFound(string host, bool passing) =>
        new(new(FetchFailure.HostNotFound, $"There is no host {host}, or it could not be found.", passing), passing);

    public static FetchFailedException Private() =>
        new(new(FetchFailure.PrivateAddress, "This address leads into a private network; only public addresses are fetched."));

    public static FetchFailedException NotSecure() =>
        new(new(FetchFailure.InvalidAddress, "This address is not encrypted, or leads to one that is not; only addresses that begin with https:// are fetched."));

    public static FetchFailedException Port(int port) =>
        new(new(FetchFailure.InvalidAddress, string.Create(CultureInfo.InvariantCulture, $"Port {port} is not fetched from; leave the port out.")));

    public static FetchFailedException Unreachable(string host, bool lost) => new(
        new(FetchFailure.Unreachable, lost ? $"The connection to {host} was lost." : $"{host} cannot be reached at present.", Passing: true), lost);

    public static FetchFailedException Insecure(string host) =>
        new(new(FetchFailure.Insecure, $"{host} could not prove that it is {host}: its certificate is not valid."));

    public static FetchFailedException Status(string host, int status) => new(
        new(FetchFailure.Status, string.Create(CultureInfo.InvariantCulture, $"{host} answered {status}{Meaning(status)}"), Passing: status is 408 or 425 or 429 or >= 500),
        repeat: status is >= 500 and not 501);

    public static FetchFailedException Redirects() =>
        new(new(FetchFailure.TooManyRedirects, "This address is redirected too often."));

    public static FetchFailedException TooLarge(long limit) => new(new(
        FetchFailure.TooLarge,
        string.Create(CultureInfo.InvariantCulture, $"The file is too large: at most {(limit >= 1 << 20 ? limit / (double)(1 << 20) : limit / 1024d):#,0.##} {(limit >= 1 << 20 ? "MB" : "KB")} are fetched.")));

    public static FetchFailedException TooSlow(string host) =>
        new(new(FetchFailure.TooSlow, $"{host} was too slow; it may be faster later.", Passing: true));

    public static FetchFailedException NotMedia() =>
        new(new(FetchFailure.NotMedia, "At this address is neither a picture nor a video that can be taken: GIF, PNG, JPEG, WebP, MP4, MOV or WebM."));

    public static FetchFailedException NoMediaOnPage() =>
        new(new(FetchFailure.PageWithoutMedia, "This is a page on which no picture and no video was found. Paste the address of the picture itself."));

    public static FetchFailedException Busy() =>
        new(new(FetchFailure.Busy, "Too many addresses are being fetched at the moment; try again in a few minutes.", Passing: true));

    static string Meaning(int status) => status switch
    {
        401 or 403 => ": it does not show this to everybody.",
        404 or 410 => ": there is nothing at this address.",
        429 => ": it was asked too often.",
        >= 500 => ": it has a problem of its own.",
        _ => ".",
    };
}

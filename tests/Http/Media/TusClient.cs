using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Reflection;
using System.Text;
using GifShare.Fixtures.Clients;
using GifShare.ObjectStore;

namespace GifShare.Http.Tests.Media;

/// <summary>What tests of tus say to the product.</summary>
internal static class TusClient
{
    public static readonly (string, string) Version = ("Tus-Resumable", "1.0.0");

    public static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    public static string Metadata(string name, string type, string? sha256 = null) =>
        $"filename {Base64(name)},filetype {Base64(type)}{(sha256 is null ? "" : $",sha256 {Base64(sha256)}")}";

    public static Task<Answer> CreateAsync(this ApiClient client, long size, string type = "video/mp4", params (string, string)[] more) =>
        client.SendAsync("POST", "/files/", null, [Version, ("Upload-Length", size.ToString(CultureInfo.InvariantCulture)), ("Upload-Metadata", Metadata("söme.mp4", type)), .. more]);

    /// <summary>The address of a new upload.</summary>
    public static async Task<string> NewUploadAsync(this ApiClient client, long size, string type = "video/mp4") =>
        (await client.CreateAsync(size, type)).Is(HttpStatusCode.Created).Headers.Location!.ToString();

    public static Task<Answer> AppendAsync(this ApiClient client, string upload, long offset, byte[] chunk, params (string, string)[] more)
    {
        var content = new ByteArrayContent(chunk);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/offset+octet-stream");
        return client.SendAsync("PATCH", upload, content, [Version, ("Upload-Offset", offset.ToString(CultureInfo.InvariantCulture)), .. more]);
    }

    public static async Task<long> OffsetAsync(this ApiClient client, string upload) =>
        OffsetOf((await client.SendAsync("HEAD", upload, null, Version)).Is(HttpStatusCode.OK));

    public static long OffsetOf(this Answer answer) => long.Parse(answer.Header("Upload-Offset")!, CultureInfo.InvariantCulture);

    public static string MediaOf(string upload) => upload["/files/".Length..];

    /// <summary>A connection on which a chunk of <paramref name="announced"/> bytes is announced, of which only these are sent.</summary>
    public static async Task<Socket> BeginChunkAsync(this ApiClient client, Uri address, string upload, long offset, byte[] sent, long announced, string more = "")
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, address.Port));
        await socket.SendAsync(Encoding.ASCII.GetBytes(
            $"PATCH {upload} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {client.Token}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: {offset}\r\n"
            + $"Content-Type: application/offset+octet-stream\r\nContent-Length: {announced}\r\n{more}\r\n"));
        await socket.SendAsync(sent);
        return socket;
    }

    /// <summary>What the product says, while the connection is open.</summary>
    public static async Task<string> HearAsync(this Socket socket)
    {
        var buffer = new byte[4096];
        return Encoding.ASCII.GetString(buffer, 0, await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken));
    }

    /// <summary>Sends no more, and waits until the product has closed the connection too.</summary>
    public static async Task CutAsync(this Socket socket)
    {
        socket.Shutdown(SocketShutdown.Send);
        var buffer = new byte[4096];
        try
        {
            while (await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken) > 0)
            {
                // What it says about an unfinished request.
            }
        }
        catch (SocketException)
        {
            // Closed with bytes that nobody wanted.
        }
    }
}

/// <summary>A store with the bounds of S3 over the folder: parts in the middle of an upload have at least 5 MB, and none may be left out.</summary>
public class BucketLike : DispatchProxy
{
    public const long Smallest = 5 << 20;

    private IObjectStore store = null!;

    public static IObjectStore Over(IObjectStore store)
    {
        var bucket = Create<IObjectStore, BucketLike>();
        ((BucketLike)(object)bucket).store = store;
        return bucket;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        if (targetMethod!.Name == "get_SmallestPart")
            return Smallest;
        if (targetMethod.Name == nameof(IObjectStore.CompleteUploadAsync))
        {
            var parts = (IReadOnlyList<ReceivedPart>)args![1]!;
            if (parts.SkipLast(1).Any(part => part.Size < Smallest))
                throw new InvalidOperationException("A part is too small.");
            var stored = store.ListPartsAsync((MultipartUpload)args[0]!, CancellationToken.None);
            if (stored.IsCompletedSuccessfully && stored.Result is { } all && all.Count != parts.Count)
                throw new InvalidOperationException("A part is left out.");
        }

        return targetMethod.Invoke(store, args);
    }
}

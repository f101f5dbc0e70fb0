#:property AssemblyName=health
#:property PublishAot=false
#:property UseAppHost=false

// The image's HEALTHCHECK, since the image has no curl and no shell. Kubernetes uses its own probes.
using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(4) };
var port = Environment.GetEnvironmentVariable("ASPNETCORE_HTTP_PORTS")?.Split(';')[0];
try
{
    using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/health/live"));
    return answer.IsSuccessStatusCode ? 0 : 1;
}
catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

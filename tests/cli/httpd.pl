#!/usr/bin/perl
# A small server for git's own smart HTTP, on the loopback, for http.t:
# httpd.pl ROOT PORTFILE CUTFILE. Asks for me:right. Answers to POST are cut
# after half of them while CUTFILE exists.
use strict;
use warnings;
use IO::Socket::INET;

my ($root, $portfile, $cutfile) = @ARGV;
my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 8)
    or die "listen: $!";
open(my $out, '>', "$portfile.new") or die "$portfile: $!";
print $out $server->sockport;
close $out;
rename "$portfile.new", $portfile or die "$portfile: $!";

sub respond {
	my ($client, $status, $headers, $body, $cut) = @_;
	my $length = length $body;
	$body = substr $body, 0, int($length / 2) if $cut;
	print $client "HTTP/1.1 $status\r\n$headers",
	    "Content-Length: $length\r\nConnection: close\r\n\r\n$body";
}

sub serve {
	my ($client) = @_;
	my ($method, $target) = split / /, (<$client> // return);
	my %header;
	while (my $line = <$client>) {
		last if $line =~ /^\r?\n$/;
		$header{lc $1} = $2 if $line =~ /^([^:]+):\s*(.*?)\r?\n$/;
	}
	my $body = '';
	read $client, $body, $header{'content-length'} // 0;
	if (($header{authorization} // '') ne 'Basic bWU6cmlnaHQ=') {
		respond($client, '401 Unauthorized',
		    "WWW-Authenticate: Basic realm=\"test\"\r\n", "no\n", 0);
		return;
	}
	my ($path, $query) = split /\?/, $target, 2;
	local %ENV = (%ENV,
		GIT_PROJECT_ROOT => $root, GIT_HTTP_EXPORT_ALL => 1,
		REMOTE_USER => 'me', REQUEST_METHOD => $method,
		PATH_INFO => $path, QUERY_STRING => $query // '',
		CONTENT_TYPE => $header{'content-type'} // '',
		CONTENT_LENGTH => length $body,
		HTTP_CONTENT_ENCODING => $header{'content-encoding'} // '');
	open(my $in, '+>', undef) or die "temporary file: $!";
	print $in $body;
	$in->flush;
	seek $in, 0, 0;
	open(my $saved, '<&', \*STDIN) or die "stdin: $!";
	open(STDIN, '<&', $in) or die "stdin: $!";
	my $answer = `git http-backend`;
	open(STDIN, '<&', $saved) or die "stdin: $!";
	my ($head, $rest) = split /\r?\n\r?\n/, $answer, 2;
	my $status = $head =~ s/^Status: (.*?)\r?\n//m ? $1 : '200 OK';
	$head =~ s/\r?\n/\r\n/g;
	respond($client, $status, "$head\r\n", $rest,
	    $method eq 'POST' && -e $cutfile);
}

$SIG{PIPE} = 'IGNORE';
while (my $client = $server->accept) {
	serve($client);
	close $client;
}
